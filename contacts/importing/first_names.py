"""First names common in France and its neighbours, folded: enough of them tell a column that no header names."""

# One text, so that the list can be read.
_NAMES = """
adam agnes ahmed aicha alain alex alexander alexandre alexis ali alice amanda amine amy ana anais andre
andrew angela angelique anna anne annie anthony antoine antonio arnaud arthur ashley audrey aurelie
barbara beatrice ben benjamin bernard betty bilal brandon brenda brian brigitte bruno camille carlos
carmen carol caroline carolyn catherine cecile cedric celine chantal charles charlotte chloe chris
christian christine christophe christopher clara claude clement corinne cynthia damien dan daniel
danielle david deborah debra delphine denis dennis diane didier dominique donald donna dorothy edward
elizabeth elodie emilie emily emma emmanuel eric evelyne fabrice farid fatiha fatima florence florian
francesca franck francois francoise frank frederic gabriel gary george georges gerard gilles giulia
gregory guillaume guy hans hassan heather helen helene henri herve hugo ibrahim ines isabelle ismael
jack jacob jacqueline jacques jade james janet jason jean jeffrey jennifer jerome jessica joan joel john
jonathan jose joseph joshua josiane joyce juan jules julie julien juliette jurgen justin karen karim
karine katherine kathleen kelly kenneth kevin khadija kimberly klaus laetitia larry laura laurent lea
leila lina linda lisa louis louise luca lucas lucie ludovic luis malika manon manuel marc marco margaret
margaux maria marie marion mark martine mary mathieu mathilde matthew matthieu maurice max maxime mehdi
melanie melissa michael michel michele michelle miguel mike mohamed mohammed monika monique nadia naima
nancy nathalie nicholas nicolas nicole nora olivier omar pamela paolo pascal patricia patrick paul
pauline pedro peter petra philippe pierre quentin rachel rachid raymond rebecca rene richard robert
roger romain ronald ruth ryan sabine said salma sam samantha samir samira samuel sandra sandrine sarah
scott sebastien serge sharon shirley sonia sophie stephane stephanie stephen steve steven susan sylvie
thierry thomas timothy tom ursula valerie vanessa veronique victoria vincent virginia virginie william
wolfgang xavier yann yannick yasmine youssef yves zoe
"""

FIRST_NAMES = frozenset(_NAMES.split())
