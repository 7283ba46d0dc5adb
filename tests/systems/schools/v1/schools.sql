-- The first version as it grew: three tables for three kinds of people, each with its own idea of a name, a phone and an
-- address, passwords as they were typed, and no constraint between them that would have held. With a few rows of each trouble.

CREATE TABLE "School" (
    id            serial PRIMARY KEY,
    name          text NOT NULL,
    city          text,
    country       text,
    "phoneNumber" text
);

CREATE TABLE "Teacher" (
    id          serial PRIMARY KEY,
    "fullName"  text NOT NULL,
    email       text,
    phone       text,
    password    text,
    address     text,
    subject     text,
    "schoolId"  int,
    "createdAt" timestamp NOT NULL DEFAULT now()
);

CREATE TABLE "Parent" (
    id          serial PRIMARY KEY,
    "fullName"  text NOT NULL,
    email       text,
    phone       text,
    password    text,
    address     text,
    "schoolId"  int,
    "createdAt" timestamp NOT NULL DEFAULT now()
);

CREATE TABLE "Student" (
    id          serial PRIMARY KEY,
    "fullName"  text NOT NULL,
    email       text,
    phone       text,
    password    text,
    address     text,
    "birthDate" date,
    grade       text,
    "parentId"  int,
    "schoolId"  int,
    "createdAt" timestamp NOT NULL DEFAULT now()
);

INSERT INTO "School" (id, name, city, country, "phoneNumber") VALUES
    (1, 'Lycée Blaise Diagne', 'Dakar', 'Senegal', '33 864 12 34'),
    (2, 'Collège Victor Hugo', 'Paris', 'France', '01 42 72 34 56'),
    (3, '  École  Al Massira ', 'Rabat', 'MA', '+212 537-70-12-34');

INSERT INTO "Teacher" (id, "fullName", email, phone, password, address, subject, "schoolId", "createdAt") VALUES
    (1, 'Awa Ndiaye', 'awa.ndiaye@example.sn', '77 123 45 67', 'soleil', '12 Rue Carnot, 11000 Dakar', 'Maths', 1, '2019-09-02 08:00'),
    (2, 'Jean-Pierre de La Tour', ' JP.DeLaTour@Example.FR ', '+33 (0)6 12 34 56 78', 'azerty', '3 Place des Vosges, 75004 Paris', 'French', 2, '2019-09-02 08:05'),
    -- The same address as the first one, and the same phone in another spelling.
    (3, 'Moussa  Ndiaye', 'Awa.Ndiaye@example.sn', '+221 77 123 45 67', 'lune', 'Dakar', 'mathematics', 1, '2020-01-15 10:30'),
    (4, 'Fatima-Zahra', NULL, '0661-22-33-44', '', NULL, 'Physics', 3, '2021-03-01 00:00');

INSERT INTO "Parent" (id, "fullName", email, phone, password, address, "schoolId", "createdAt") VALUES
    (1, 'Mamadou Sow', 'sow@example.sn', '00221761112233', 'famille', '5 Avenue Bourguiba, 11500 Dakar', 1, '2019-09-10 18:00'),
    -- A teacher is a parent too, with the same address and phone.
    (2, 'Awa Ndiaye', 'awa.ndiaye@example.sn', '771234567', 'soleil', '12 Rue Carnot, 11000 Dakar', 1, '2019-09-11 19:00'),
    (3, 'Claire Martin', 'claire@example.fr', 'n/a', 'chat', '8 Rue Oberkampf, 75011 Paris', 2, '2020-02-02 20:20');

INSERT INTO "Student" (id, "fullName", email, phone, password, address, "birthDate", grade, "parentId", "schoolId", "createdAt") VALUES
    (1, 'Ibrahima Sow', NULL, NULL, 'foot', NULL, '2010-04-12', '6e', 1, 1, '2021-09-01 08:00'),
    (2, 'Aminata Sow', NULL, NULL, 'danse', NULL, '2012-11-30', 'CM1', 1, 1, '2021-09-01 08:01'),
    (3, 'Khady Ndiaye', 'awa.ndiaye@example.sn', '77 123 45 67', NULL, '12 Rue Carnot, 11000 Dakar', '2009-01-05', '5e', 2, 1, '2021-09-01 08:02'),
    -- Somebody had numbered by hand.
    (4, 'Léa Martin', 'claire+2@example.fr', '', 'lea', '8 Rue Oberkampf, 75011 Paris', '2011-07-14', '6ème', 3, 2, '2021-09-02 09:00'),
    (5, 'Hugo Martin', 'claire@example.fr', '', 'hugo', '8 Rue Oberkampf, 75011 Paris', '2013-02-28', 'CM2', 3, 2, '2021-09-02 09:01');

ALTER SEQUENCE "School_id_seq" RESTART WITH 4;
ALTER SEQUENCE "Teacher_id_seq" RESTART WITH 5;
ALTER SEQUENCE "Parent_id_seq" RESTART WITH 4;
ALTER SEQUENCE "Student_id_seq" RESTART WITH 6;
